import { beforeAll, describe, expect, it } from 'vitest';
import {
  type KeyPair,
  issueAuthority,
  issueServingCertificate,
} from '../../src/certificates/authority.ts';
import { isSignedBy, parseCertificate, splitBundle } from '../../src/certificates/certificate.ts';
import {
  type Authority,
  type CertificatesState,
  noteRegistered,
  planRenewal,
  type RenewalSettings,
} from '../../src/certificates/renewal.ts';

const day = 24 * 60 * 60 * 1000;
const minute = 60 * 1000;
const hour = 60 * minute;
const start = new Date('2026-01-01T00:00:00Z');
const at = (milliseconds: number) => new Date(start.getTime() + milliseconds);
const names = ['webhook.token-injector.svc'];
const settings: RenewalSettings = {
  caDurationMs: 365 * day,
  certDurationMs: 90 * day,
  overlapMs: 10 * minute,
  names,
};

async function authorityAt(now: Date): Promise<Authority & KeyPair> {
  const pair = await issueAuthority('test', { now, durationMs: settings.caDurationMs });
  return { ...pair, registered: now };
}

function servingCertificateOf(
  authority: KeyPair,
  now: Date,
  durationMs = settings.certDurationMs,
): Promise<KeyPair> {
  return issueServingCertificate(authority, names, { now, durationMs });
}

function without(authority: Authority, field: 'key' | 'registered'): Authority {
  const { [field]: _, ...others } = authority;
  return others;
}

describe('planRenewal', () => {
  let first: Authority & KeyPair;
  let second: Authority & KeyPair;
  let serving: KeyPair;
  beforeAll(async () => {
    first = await authorityAt(start);
    second = await authorityAt(at(250 * day));
    serving = await servingCertificateOf(first, start);
  });
  const plan = (state: Partial<CertificatesState>, now: Date) =>
    planRenewal({ authorities: [first], serving, ...state }, settings, now);

  it('leaves room for clocks that are behind', () => {
    for (const { certificate } of [first, serving])
      expect(parseCertificate(certificate)!.notBefore).toEqual(at(-60 * minute));
  });

  it('begins with a CA, and has it sign at once where there is no serving certificate', () => {
    expect(plan({ authorities: [], serving: undefined }, start)).toMatchObject({
      issueAuthority: true,
    });
    const unregistered = without(first, 'registered');
    expect(plan({ authorities: [unregistered], serving: undefined }, start)).toMatchObject({
      issueAuthority: false,
      signer: unregistered,
    });
  });

  it('is at rest until two thirds of the life of the serving certificate', () => {
    const rest = plan({}, at(20 * minute));
    expect(rest).toMatchObject({ issueAuthority: false, signer: undefined, prune: [] });
    expect(rest.next.getTime()).toBeGreaterThan(at(20 * minute).getTime());
    expect(plan({}, at(60 * day - 1)).signer).toBeUndefined();
    expect(plan({}, at(60 * day)).signer).toMatchObject({ certificate: first.certificate });
  });

  it('makes the next CA after two thirds of the life of the last, and has it sign once it is trusted', async () => {
    const late = at(240 * day);
    const freshCertificate = await servingCertificateOf(first, late);
    expect(plan({ serving: freshCertificate }, at(243 * day)).issueAuthority).toBe(false);
    expect(plan({ serving: freshCertificate }, at(244 * day)).issueAuthority).toBe(true);

    const both = { authorities: [first, second], serving: freshCertificate };
    const soon = at(250 * day + minute);
    expect(plan(both, soon)).toMatchObject({ signer: undefined, prune: [] });
    const trusted = at(250 * day + settings.overlapMs);
    expect(plan(both, trusted).signer).toMatchObject({ certificate: second.certificate });
    // Time alone does not do: the registration must have had it for so long.
    const unregistered = [first, without(second, 'registered')];
    expect(plan({ ...both, authorities: unregistered }, trusted).signer).toBeUndefined();
    const registeredNow = noteRegistered(unregistered, [second.certificate], trusted);
    expect(registeredNow.map(({ registered }) => registered)).toEqual([undefined, trusted]);
    const noted = { ...both, authorities: registeredNow };
    expect(
      plan(noted, new Date(trusted.getTime() + settings.overlapMs - 1)).signer,
    ).toBeUndefined();
    expect(plan(noted, new Date(trusted.getTime() + settings.overlapMs)).signer).toMatchObject({
      certificate: second.certificate,
    });
  });

  it('trusts the old CA until no serving certificate of it can be served any more', async () => {
    const change = at(250 * day + settings.overlapMs);
    const next = await servingCertificateOf(second, change);
    const state = {
      authorities: [first, second],
      serving: next,
    };
    const last = at(250 * day + settings.overlapMs + settings.certDurationMs);
    const renewed = { ...state, serving: await servingCertificateOf(second, at(320 * day)) };
    expect(plan(renewed, new Date(last.getTime() - 1)).prune).toEqual([]);
    expect(plan(renewed, last).prune).toEqual([first]);
    // Also where the new one was registered long after it was made.
    const month = 30 * day;
    const late = { ...second, registered: at(250 * day + month) };
    const registeredLate = { ...renewed, authorities: [first, late] };
    expect(plan(registeredLate, last).prune).toEqual([]);
    expect(plan(registeredLate, new Date(last.getTime() + month)).prune).toEqual([first]);
    // One whose key is lost may be lost to somebody else.
    const withoutKey = without(first, 'key');
    const lost = { ...state, authorities: [withoutKey, second] };
    expect(plan(lost, at(250 * day + settings.overlapMs + minute)).prune).toEqual([]);
    expect(plan(lost, at(250 * day + 2 * settings.overlapMs)).prune).toEqual([withoutKey]);
  });

  it('does not renew a serving certificate by a CA that ends with it', async () => {
    const late = at(300 * day);
    const capped = await servingCertificateOf(first, late);
    expect(parseCertificate(capped.certificate)!.notAfter).toEqual(
      parseCertificate(first.certificate)!.notAfter,
    );
    // Its successor is there, but not registered.
    const state = { authorities: [first, without(second, 'registered')], serving: capped };
    expect(plan(state, at(360 * day))).toMatchObject({
      issueAuthority: false,
      signer: undefined,
    });
  });

  it('does without a CA that is not valid yet', async () => {
    const early = await authorityAt(at(2 * hour));
    expect(plan({ authorities: [early] }, start).issueAuthority).toBe(true);
    // A clock that was a little ahead does no harm.
    const soon = await authorityAt(at(30 * minute));
    expect(plan({ authorities: [soon] }, start).issueAuthority).toBe(false);
  });

  it('serves the certificate of a CA whose key is lost until the new CA is trusted', async () => {
    const withoutKey = without(first, 'key');
    const lost = { authorities: [withoutKey] };
    expect(plan(lost, at(day)).issueAuthority).toBe(true);
    const successor = await authorityAt(at(day));
    const repaired = { authorities: [withoutKey, successor] };
    expect(plan(repaired, at(day + minute)).signer).toBeUndefined();
    expect(plan(repaired, at(day + settings.overlapMs)).signer).toMatchObject({
      certificate: successor.certificate,
    });
  });

  it.each([
    ['garbage', () => ({ certificate: 'garbage', key: 'garbage' })],
    ['empty', () => ({ certificate: '', key: '' })],
    [
      'with the key of another',
      async () => ({ ...serving, key: (await servingCertificateOf(first, start)).key }),
    ],
    [
      'for other names',
      () => issueServingCertificate(first, ['other'], { now: start, durationMs: day }),
    ],
    ['of an unknown CA', () => servingCertificateOf(second, at(1))],
    ['expired', () => servingCertificateOf(first, at(-2 * day), day)],
  ])('replaces a serving certificate that is %s at once', async (_, make) => {
    expect(plan({ serving: await make() }, at(minute)).signer).toMatchObject({
      certificate: first.certificate,
    });
  });

  it('leaves a serving certificate a month and a CA a season of life, however long nobody looks', async () => {
    // A controller that reconciles daily, then stops: what it leaves behind, simulated over three years.
    let authorities: Authority[] = [];
    let served: KeyPair | undefined;
    let registered: string[] = [];
    let least = Infinity;
    for (let today = 0; today < 3 * 365; today++) {
      for (let step = 0; step < 4; step++) {
        const now = at(today * day + step * 15 * minute);
        authorities = noteRegistered(authorities, registered, now);
        const due = planRenewal({ authorities, serving: served }, settings, now);
        if (due.issueAuthority) authorities.push(without(await authorityAt(now), 'registered'));
        if (due.signer) served = await servingCertificateOf(due.signer as KeyPair, now);
        authorities = authorities.filter((authority) => !due.prune.includes(authority));
        registered = authorities.map(({ certificate }) => certificate);
        if (!served) continue;
        const { notAfter } = parseCertificate(served.certificate)!;
        expect(registered.some((ca) => isSignedBy(served!.certificate, ca))).toBe(true);
        least = Math.min(least, notAfter.getTime() - now.getTime());
      }
      expect(authorities.length).toBeLessThanOrEqual(2);
    }
    expect(least).toBeGreaterThanOrEqual(29 * day);
  });
});

it('splits a bundle into its certificates and leaves out what is none', async () => {
  const one = await authorityAt(start);
  const two = await authorityAt(at(1));
  expect(splitBundle(`${one.certificate}garbage\n${two.certificate}`)).toEqual([
    one.certificate,
    two.certificate,
  ]);
  expect(splitBundle('')).toEqual([]);
  expect(splitBundle('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')).toEqual([]);
});
