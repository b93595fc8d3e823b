/** Whether something of that name holds a token. */
export function isTokenName(name: string): boolean {
  return tokenName.test(name);
}

/** Whether a value may be a token: no switch, no path of a file, and not the value of another variable. */
export function mayBeToken(value: string): boolean {
  return !/^(true|false|\d{1,3}|\/.*|\$\(.*\))?$/i.test(value);
}

const tokenName =
  /(token|(api|access|license|licence|secret|provisioning|enrollment)[-_]?key|passw(or)?d|secret|credentials?|dsn|webhook_?url)$/i;

/** Whether a mounted Secret holds certificates or the like, and so no token, by the names around it. */
export function isCertificateName(name: string): boolean {
  return /(^|[^a-z])(tls|ssl|ssh|pki|ca|crt|pem|cert(ificate)?s?|docker(cfg|config(json)?)?)([^a-z]|$)/i.test(
    name,
  );
}
