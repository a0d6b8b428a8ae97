import { badInput } from '../../contracts/core/failures';
import type { Configuration } from '../../contracts/settings/configuration';
import type { ServiceRow } from '../../contracts/report/service-row';
import type { Settings } from '../../contracts/settings/settings';
import { ensureService } from '../../stack/engine/ensure-service';
import type { Progress } from '../../stack/engine/run-command';
import { stackContext } from './stack-context';

/** Makes one service of the stack run and answer. `inputs` is anything else that it reads only at its start. */
export async function runService(
  settings: Settings,
  name: string,
  config: Configuration,
  { inputs, ...progress }: Progress & { inputs?: string },
): Promise<ServiceRow> {
  const { stack, engine, images } = await stackContext(settings, config);
  const service = stack.services[name];
  if (service === undefined) throw badInput(`${stack.file ?? 'The stack'} declares no service ${name}.`);
  const resolved = await images([name], progress);
  const image = resolved[name];
  if (image === undefined) throw badInput(`${name} has no image.`);
  const { action, kind, address } = await ensureService(engine, stack, name, {
    environment: settings.environment,
    stateDir: settings.stateDir,
    image,
    inputs,
    ...progress,
  });
  return { name, image: service.image, kind, action, ...(address === undefined ? {} : { address }) };
}
