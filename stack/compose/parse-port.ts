import type { PublishedPort } from './stack';

const SHORT = /^(?:(?<address>\[[^\]]*\]|[^:]*):)?(?<host>\d+):(?<container>\d+)(?:\/(?<protocol>\w+))?$/;

interface LongPort {
  target: number;
  published?: string | number | undefined;
  host_ip?: string | undefined;
  protocol?: string | undefined;
}

/** A port of either Compose form; throws the reason where it is not one TCP port on 127.0.0.1. */
export function parsePort(source: string | number | LongPort): PublishedPort {
  const fields = typeof source === 'object' ? ofLong(source) : ofShort(String(source));
  if (fields.protocol !== 'tcp') throw new Error(`${fields.protocol}: only tcp ports are supported`);
  if (fields.address !== '127.0.0.1') {
    throw new Error(
      `publishes on ${fields.address || 'every address'}: write 127.0.0.1:${fields.host}:${fields.container}`,
    );
  }
  for (const port of [fields.host, fields.container]) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new Error(`${port} is not a port (1 to 65535)`);
  }
  return { host: fields.host, container: fields.container };
}

function ofShort(text: string) {
  const groups = SHORT.exec(text)?.groups;
  if (groups === undefined) {
    throw new Error(
      `"${text}" is not supported: write 127.0.0.1:HOST:CONTAINER, single ports, with a fixed host port`,
    );
  }
  return {
    address: groups.address ?? '',
    host: Number(groups.host),
    container: Number(groups.container),
    protocol: groups.protocol ?? 'tcp',
  };
}

function ofLong({ target, published, host_ip, protocol }: LongPort) {
  if (published === undefined) throw new Error('needs a fixed host port: published');
  return { address: host_ip ?? '', host: Number(published), container: target, protocol: protocol ?? 'tcp' };
}
