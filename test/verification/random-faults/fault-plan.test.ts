import fc from 'fast-check';
import { describePlan, faultPlans } from '../../../verification/random-faults/fault-plan';

const requests = { current: ['GET /api/status', 'POST /api/v1/identities'], '2024': ['GET /api/status'] };
const drawn = (seed: number) => fc.sample(faultPlans(requests), { seed, numRuns: 200 });

describe('faultPlans', () => {
  it('draws the same plans for the same seed, and others for another', () => {
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it('draws every kind of fault, for requests that the generation takes', () => {
    const plans = drawn(1);
    expect(new Set(plans.flatMap(({ faults }) => faults.map(({ fault }) => fault))).size).toBe(10);
    for (const { generation, faults } of plans) {
      expect(faults.length).toBeGreaterThan(0);
      for (const { request } of faults) expect(['any', ...requests[generation]]).toContain(request);
    }
  });

  it('is described by what happens to which requests', () => {
    const faults = [
      { fault: 'reset' as const, request: 'GET /api/status', nth: 2, times: 1 },
      { fault: 'truncated' as const, request: 'any', nth: 3, times: 2 },
    ];
    expect(describePlan({ generation: '2024', faults })).toBe(
      '2024: reset at GET /api/status #2; truncated at any #3-4',
    );
  });
});
