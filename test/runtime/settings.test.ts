import { delimiter } from 'node:path';
import { expect, it } from 'vitest';
import { readSettings } from '../../src/runtime/settings.ts';

it('an empty environment gives the defaults, and so do empty variables', () => {
  const defaults = {
    namespace: 'token-injector',
    logLevel: 'info',
    noColor: false,
    kubeconfig: [],
    proxies: {},
  };
  expect(readSettings({})).toEqual(defaults);
  expect(
    readSettings({ POD_NAMESPACE: '', POD_NAME: '', LOG_LEVEL: '', NO_COLOR: '', KUBECONFIG: '' }),
  ).toEqual(defaults);
});

it('the environment is followed', () => {
  expect(
    readSettings({
      POD_NAMESPACE: 'security',
      POD_NAME: 'webhook-1',
      LOG_LEVEL: 'warn',
      NO_COLOR: '1',
      HOME: '/root',
      KUBECONFIG: ['/a', '', 'b'].join(delimiter),
    }),
  ).toEqual({
    namespace: 'security',
    podName: 'webhook-1',
    logLevel: 'warn',
    noColor: true,
    kubeconfig: ['/a', 'b'],
    proxies: {},
  });
});

it('a variable of a proxy is read by either name, and the lower-case one wins', () => {
  const upper = { HTTPS_PROXY: 'a', HTTP_PROXY: 'b', NO_PROXY: 'c' };
  const { proxies } = readSettings(upper);
  expect(proxies).toEqual({ httpsProxy: 'a', httpProxy: 'b', noProxy: 'c' });
  const lower = { https_proxy: 'd', http_proxy: 'e', no_proxy: 'f' };
  expect(readSettings({ ...upper, ...lower }).proxies).toEqual({
    httpsProxy: 'd',
    httpProxy: 'e',
    noProxy: 'f',
  });
  expect(readSettings({ ...upper, https_proxy: '' }).proxies.httpsProxy).toBe('a');
});

it.each(['verbose', 'INFO', '30', 'toString', ' info'])(
  'refuses LOG_LEVEL %j, and lists the known levels',
  (level) => {
    const problem = 'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent';
    expect(() => readSettings({ LOG_LEVEL: level })).toThrow(
      expect.objectContaining({ name: 'BadSetting', message: problem }),
    );
  },
);
