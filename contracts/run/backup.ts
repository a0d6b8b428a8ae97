/** A backup in counts; `file` is a name in the folder that the host declares. */
export interface BackupSummary {
  file: string;
  /** When it was made, as ISO 8601. */
  made: string;
  bytes: number;
  tables: number;
  rows: number;
  /** Secrets of the environment; undefined where somebody else runs Infisical. */
  secrets?: number | undefined;
}
