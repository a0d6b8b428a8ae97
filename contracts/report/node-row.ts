/** One node's configuration: how many keys it received and which it lacks. Never a value. */
export interface NodeRow {
  node: string;
  service: string;
  keys: number;
  file: 'written' | 'unchanged' | 'withheld';
  missingRequired: string[];
  missingOptional: string[];
  /** Keys by where they came from, e.g. `/shared/kafka` or `environment`. */
  provenance: Record<string, string[]>;
}
