/** What happened to one service of the stack. */
export interface ServiceRow {
  name: string;
  image: string;
  /** `local` is an image built from Debian packages in place of the real one. */
  kind: 'registry' | 'local';
  action: 'created' | 'started' | 'recreated' | 'kept' | 'skipped';
  /** Where the host reaches it: `127.0.0.1:5436`, or a URL where it speaks HTTP. */
  address?: string;
  /** Why it was skipped. */
  reason?: string;
}
