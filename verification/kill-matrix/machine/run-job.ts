// Process of one machine: does the job that it is given and prints the result.
import { upArguments } from '../../harness/product';
import { attempt } from './attempt';
import { places, type Job, type JobResult, type Sequence } from './job';
import { observe } from './observe';
import { runSequence } from './run-sequence';

async function runJob(job: Job): Promise<JobResult> {
  const args = upArguments(places.environment, job.given);
  const ended = await attempt(job, { args }, job);
  if (!('printed' in ended)) return ended;
  const { printed, report, ...run } = ended;
  return { ...run, ...(await observe(job, { printed, report })) };
}

async function main(job: Job | Sequence): Promise<void> {
  if ('commands' in job) await runSequence(job, print);
  else await print(await runJob(job));
}

const print = (result: unknown) =>
  new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(result)}\n`, () => resolve()));

main(JSON.parse(process.argv[2]!) as Job | Sequence).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
