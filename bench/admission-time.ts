import { type Api, accepted } from '../test/cluster/api.ts';

/** What an API server has spent on our entries so far, or in a while. */
export interface AdmissionTime {
  readonly seconds: number;
  /** How often it asked. */
  readonly count: number;
  /** How often it had its answer within 5 ms. */
  readonly quick: number;
}

const histogram = 'apiserver_admission_webhook_admission_duration_seconds';

/** Reads the API server's own measurements; the probe's entry is left out. */
export async function admissionTime(api: Api): Promise<AdmissionTime> {
  const page = String(await accepted(api.request('GET', '/metrics')));
  const lines = page
    .split('\n')
    .filter((line) => line.startsWith(histogram) && line.includes('.token-injector.dev"'))
    .filter((line) => !line.includes('name="probe.'));
  const sum = (wanted: (line: string) => boolean) =>
    lines.filter(wanted).reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return {
    seconds: sum((line) => line.startsWith(`${histogram}_sum`)),
    count: sum((line) => line.startsWith(`${histogram}_count`)),
    quick: sum((line) => line.includes('le="0.005"')),
  };
}

/** What was spent from one reading to the next. */
export function timeBetween(before: AdmissionTime, after: AdmissionTime): AdmissionTime {
  return {
    seconds: after.seconds - before.seconds,
    count: after.count - before.count,
    quick: after.quick - before.quick,
  };
}
