import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { ReadActivities } from '../../contracts/reads/read-result';

const reads = proxyActivities<ReadActivities>({
  taskQueue: 'onex-bootstrap',
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '60s',
});

/** A user's workflow: asks for secrets on the product's queue and gives back what may be shown, and one that may not. */
export async function readAll(name: string) {
  const { value, source } = await reads['infisical.get_secret']({ secret_name: name });
  const { secret_keys } = await reads['infisical.list_secrets']({ secret_path: '/shared/kafka' });
  const { secrets, errors } = await reads['infisical.get_secrets_batch']({ secret_names: [name, 'NONE'] });
  return {
    length: value.reveal().length,
    same: secrets[name]?.equals(value),
    value,
    source,
    secret_keys,
    errors,
  };
}

/** Fails with the value in its message. */
export async function failWith(name: string): Promise<void> {
  const { value } = await reads['infisical.get_secret']({ secret_name: name });
  throw ApplicationFailure.nonRetryable(`cannot connect with ${value.reveal()}`);
}
