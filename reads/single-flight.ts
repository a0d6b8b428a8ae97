/** Lets calls in parallel for the same key share one piece of work. */
export class SingleFlight {
  private readonly flights = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.flights.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const flight: Promise<T> = work().finally(() => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    });
    this.flights.set(key, flight);
    return flight;
  }

  /** Calls from now on start work of their own; what is under way ends for those who wait for it. */
  forget(): void {
    this.flights.clear();
  }
}
