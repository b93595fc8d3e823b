import { expect, it } from 'vitest';
import { readSettings } from '../../src/runtime/settings.ts';

it('an empty environment gives the defaults, and so do empty variables', () => {
  const defaults = { namespace: 'token-injector', logLevel: 'info', noColor: false };
  expect(readSettings({})).toEqual(defaults);
  expect(readSettings({ POD_NAMESPACE: '', POD_NAME: '', LOG_LEVEL: '', NO_COLOR: '' })).toEqual(
    defaults,
  );
});

it('the environment is followed', () => {
  expect(
    readSettings({
      POD_NAMESPACE: 'security',
      POD_NAME: 'webhook-1',
      LOG_LEVEL: 'warn',
      NO_COLOR: '1',
      HOME: '/root',
    }),
  ).toEqual({ namespace: 'security', podName: 'webhook-1', logLevel: 'warn', noColor: true });
});

it.each(['verbose', 'INFO', '30', 'toString', ' info'])(
  'LOG_LEVEL %j is refused, and told what is known',
  (level) => {
    const problem = 'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent';
    expect(() => readSettings({ LOG_LEVEL: level })).toThrow(
      expect.objectContaining({ name: 'BadSetting', message: problem }),
    );
  },
);
