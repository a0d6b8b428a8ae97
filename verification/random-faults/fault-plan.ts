import fc from 'fast-check';

export const GENERATIONS = ['current', '2024'] as const;
export type Generation = (typeof GENERATIONS)[number];

/** What may happen to a request, and how often in a hundred faults. */
export const FAULT_SHARES = {
  'server error': 17,
  'gateway page': 6,
  'rate limit': 15,
  reset: 15,
  'reset after commit': 20,
  truncated: 12,
  'slow headers': 5,
  'dribbled body': 5,
  'stalled and cut off': 4,
  /** Costs the whole deadline of its call. */
  stalled: 1,
} as const;
export type FaultKind = keyof typeof FAULT_SHARES;

/** One fault and the requests that meet it: `times` of those like `request`, from the `nth` on. */
export interface PlannedFault {
  fault: FaultKind;
  /** `METHOD /path`, ids as `:id`; `any` counts all. */
  request: string;
  nth: number;
  times: number;
}

export interface FaultPlan {
  generation: Generation;
  faults: PlannedFault[];
}

/** Random plans over the requests of an undisturbed bootstrap, in the order of the run, by generation. */
export function faultPlans(requests: Partial<Record<Generation, string[]>>): fc.Arbitrary<FaultPlan> {
  const kind = fc.oneof(
    ...Object.entries(FAULT_SHARES).map(([fault, weight]) => ({
      arbitrary: fc.constant(fault as FaultKind),
      weight,
    })),
  );
  // Few at once: an activity waits twice as long after each further failure, up to ten seconds.
  const times = fc.oneof(
    { arbitrary: fc.constant(1), weight: 7 },
    { arbitrary: fc.integer({ min: 2, max: 3 }), weight: 2 },
  );
  const plans = Object.entries(requests).map(([generation, known]) => {
    const one = fc.oneof(
      {
        arbitrary: fc.record({
          request: fc.constantFrom(...known),
          nth: fc.oneof({ arbitrary: fc.constant(1), weight: 3 }, fc.integer({ min: 2, max: 3 })),
        }),
        weight: 4,
      },
      {
        arbitrary: fc.record({ request: fc.constant('any'), nth: fc.integer({ min: 1, max: 50 }) }),
        weight: 1,
      },
    );
    const fault = fc.tuple(kind, one, times).map(([fault, target, times]) => ({ fault, ...target, times }));
    return fc.record({
      generation: fc.constant(generation as Generation),
      faults: fc.array(fault, { minLength: 1, maxLength: 5, size: 'max' }),
    });
  });
  return fc.oneof(...plans);
}

/** One line for each fault. */
export const describePlan = ({ generation, faults }: FaultPlan) =>
  `${generation}: ${faults.map(({ fault, request, nth, times }) => `${fault} at ${request} #${nth}${times > 1 ? `-${nth + times - 1}` : ''}`).join('; ')}`;
