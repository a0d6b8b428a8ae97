import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/**
 * An authority with a certificate for a server on localhost (`server-cert.pem`, `server-key.pem`) and one for a client
 * (`cert.pem`, `key.pem`), as Docker names their files; `folder` is made for them.
 */
export function authority(folder: string): string {
  mkdirSync(folder);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  const made = ['-keyout', 'ca-key.pem', '-out', 'ca.pem', '-subj', '/CN=own authority', '-days', '2'];
  openssl('req', '-x509', ...key, ...made);
  for (const [name, prefix] of [
    ['server', 'server-'],
    ['client', ''],
  ] as const) {
    const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    openssl('req', ...key, '-keyout', `${prefix}key.pem`, '-out', 'request.pem', ...names);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial'];
    const how = ['-days', '2', '-copy_extensions', 'copy'];
    openssl('x509', '-req', '-in', 'request.pem', ...by, '-out', `${prefix}cert.pem`, ...how);
  }
  return folder;
}
