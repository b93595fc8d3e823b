const name = '[-.:/_a-zA-Z0-9]{1,300}';

// What the API server itself says, and of what others have it say only who they are: they may quote the Secret.
// The refusals of others come first, since their words may have the form of the API server's.
const safe: readonly RegExp[] = [
  new RegExp(`admission webhook "${name}" denied the request`),
  new RegExp(`failed calling webhook "${name}"`),
  new RegExp(`ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request`),
  new RegExp(
    `User "${name}" cannot [a-z]+ resource "secrets" in API group "" (?:in the namespace "${name}"|at the cluster scope)`,
  ),
  new RegExp(`exceeded quota: ${name}, requested: [-./=,:a-zA-Z0-9 ]{1,300}`),
  new RegExp(`unable to create new content in namespace ${name} because it is being terminated`),
  new RegExp(`namespaces "${name}" not found`),
  /field is immutable/,
  /Too long: may not be more than \d{1,20} bytes/,
  /the object has been modified/,
  new RegExp(`conflict with "${name}"`),
];

/** The part of an API server's words about a Secret that can hold nothing of it; undefined where there is none. */
export function safeRefusal(text: string): string | undefined {
  for (const pattern of safe) {
    const found = pattern.exec(text);
    if (found) return found[0];
  }
  return undefined;
}
