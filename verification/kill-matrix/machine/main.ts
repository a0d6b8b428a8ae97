// Process of one machine: does the job that it is given and prints the result.
import { runJob } from './run-job';
import type { Job } from './job';

runJob(JSON.parse(process.argv[2]!) as Job).then(
  (result) => process.stdout.write(JSON.stringify(result), () => process.exit(0)),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
