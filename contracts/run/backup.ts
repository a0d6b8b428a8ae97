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

/** What a drill restored and found the same. */
export interface DrillSummary {
  file: string;
  made: string;
  tables: number;
  rows: number;
  secrets: number;
}

/** How a drill ended, for its report. */
export interface DrillEnd {
  ok: boolean;
  file?: string;
  problem?: string;
}
