import { refused } from '../../contracts/core/failures';
import type { Ready, Service, Stack } from '../compose/stack';
import { containerName } from './engine-names';

/** What to do about a service that answers and will never do so as its declaration says. */
export function wrongAnswer(stack: Stack, service: Service, ready: Ready, reason: string) {
  const mount = service.mounts.find(({ kind }) => kind === 'volume');
  const volume = mount?.kind === 'volume' ? stack.volumes[mount.volume]?.engineName : undefined;
  const name = 'password' in ready ? ready.password : undefined;
  const file = name === undefined ? undefined : stack.secrets[name]?.file;
  const remedies = [
    ...(file === undefined ? [] : [`put the password that it was made with into ${file}`]),
    ...(ready.protocol === 'postgres'
      ? [
          `set the one of that file: docker exec -it ${containerName(stack, service.name)} psql -U ${ready.user} -d ${ready.database} -c '\\password'`,
        ]
      : []),
    ...(volume === undefined ? [] : [`remove the volume: onex-bootstrap down --volumes (its data is lost)`]),
  ];
  const whose =
    volume === undefined ? '' : ` Volume ${volume} was made with other settings than this environment's.`;
  return refused(
    `${service.name} refuses the login on 127.0.0.1:${ready.port}: ${reason}.${whose}${remedies.length === 0 ? '' : ` Either ${remedies.join('; or ')}.`}`,
  );
}
