import { Gauge, type Registry } from 'prom-client';

/** Declares a gauge whose value is computed whenever metrics are read. */
export function createComputedGauge(
  registry: Registry,
  name: string,
  help: string,
  compute: () => number,
): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(compute());
    },
  });
}
