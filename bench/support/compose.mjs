// docker compose as a yardstick: the machine's own, else Debian trixie's plugin in a folder that goes away.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './print.mjs';

/** The command that stands for `docker compose`, as an array; undefined where the machine has none and can fetch none. */
export function findCompose(folder) {
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0)
    return ['docker', 'compose'];
  try {
    return fetched(folder);
  } catch (error) {
    say(`no docker compose to compare with: ${error.message}`);
    return undefined;
  }
}

function fetched(folder) {
  say('fetching the compose plugin of Debian trixie');
  const debs = join(folder, 'debs');
  for (const path of [debs, join(folder, 'lists/partial'), join(folder, 'cache/archives/partial')])
    mkdirSync(path, { recursive: true });
  const [sources, config] = [join(folder, 'debian.sources'), join(folder, 'apt.conf')];
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(
    sources,
    'Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
  );
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::Status': join(folder, 'status'),
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(config, [...lines, '#clear APT::Update::Post-Invoke;\n'].join(''));
  const run = (command, ...args) => execFileSync(command, args, { cwd: debs, stdio: 'ignore' });
  run('apt-get', '-q', '-c', config, 'update');
  run('apt-get', '-q', '-c', config, 'download', 'docker-compose');
  for (const deb of readdirSync(debs)) run('dpkg-deb', '-x', deb, folder);
  return [join(folder, 'usr/libexec/docker/cli-plugins/docker-compose')];
}
