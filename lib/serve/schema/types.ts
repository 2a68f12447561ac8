/**
 * The part of JSON Schema (draft 2020-12, as OpenAPI 3.1 has it) that describes our requests. The same objects check
 * requests and are printed in the document. They are plain: a library that builds them takes longer than the rest of a
 * start.
 */
export type Schema =
  | (Said & { readonly enum: readonly (string | number)[] })
  | (Said & { readonly anyOf: readonly Schema[] })
  | (Said & { readonly type: 'array'; readonly items: Schema; readonly minItems?: number })
  | ObjectSchema
  | ScalarSchema;

export type ScalarSchema =
  | (Said & { readonly type: 'boolean' })
  /** Lengths count units of UTF-16. */
  | (Said & { readonly type: 'string'; readonly minLength?: number; readonly maxLength?: number })
  | (Said & { readonly type: 'number' | 'integer'; readonly minimum?: number; readonly maximum?: number });

/** What people are told. */
interface Said {
  readonly description?: string;
  readonly default?: unknown;
}

export type Properties = Readonly<Record<string, Schema>>;

export interface ObjectSchema extends Said {
  readonly type: 'object';
  readonly properties: Properties;
  /** Default: none. */
  readonly required?: readonly string[];
  /** Default: there may be others. */
  readonly additionalProperties?: false;
}

/** The values that fit a schema. */
export type Static<S> = S extends { readonly enum: readonly (infer Word)[] }
  ? Word
  : S extends { readonly anyOf: readonly (infer Choice)[] }
    ? Static<Choice>
    : S extends { readonly type: 'array'; readonly items: infer Item }
      ? readonly Static<Item>[]
      : S extends { readonly type: 'object'; readonly properties: infer Each }
        ? Values<Each, S extends { readonly required: readonly (infer Name)[] } ? Name : never>
        : S extends { readonly type: 'string' }
          ? string
          : S extends { readonly type: 'boolean' }
            ? boolean
            : S extends { readonly type: 'number' | 'integer' }
              ? number
              : never;

type Values<Each, Required> = {
  readonly [Name in keyof Each as Name extends Required ? Name : never]: Static<Each[Name]>;
} & {
  readonly [Name in keyof Each as Name extends Required ? never : Name]?: Static<Each[Name]>;
};
