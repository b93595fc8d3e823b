import type { Schema } from '../../src/core/policy/schema-language.ts';

/** A field of a policy, or an item of a list or a value of a map in it. */
export interface Field {
  /** As in `spec.inject.env[].name`; `[]` stands for each item, `<key>` for each key. */
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Every field of a schema in the order in which it is declared; items and values only where they are not objects. */
export function fieldsOf(schema: Schema, path = ''): Field[] {
  const fields: Field[] = [];
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const at = path === '' ? key : `${path}.${key}`;
    const required = schema.required?.includes(key) ?? false;
    fields.push({ path: at, schema: property, required }, ...fieldsOf(property, at));
  }
  return [
    ...fields,
    ...(schema.items ? elementFields(schema.items, `${path}[]`) : []),
    ...(schema.additionalProperties
      ? elementFields(schema.additionalProperties, `${path}.<key>`)
      : []),
  ];
}

function elementFields(schema: Schema, path: string): Field[] {
  const within = fieldsOf(schema, path);
  return schema.properties ? within : [{ path, schema, required: false }, ...within];
}
