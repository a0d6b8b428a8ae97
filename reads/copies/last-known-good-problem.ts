/** Why a copy was not served or not kept. It holds no value and no name of a key. */
export interface LastKnownGoodProblem {
  reason: 'corrupt' | 'too old' | 'wrong key' | 'clock set back' | 'unreadable' | 'not written';
  /** As `describePlace` names it. */
  place: string;
  message: string;
}
