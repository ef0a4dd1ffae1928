/**
 * Writes gen/registry.ts from the protos' descriptors: for every event its family, case, audience and personal fields.
 * ts-proto drops custom options, so they are read here from buf's descriptor image.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  type DescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

const here = dirname(fileURLToPath(import.meta.url));
const gen = join(here, '..', 'gen');
const AUDIENCES = ['internal', 'internal', 'group', 'card', 'network', 'self'] as const;
const KEYS = ['', 'who', 'contributions'] as const;
const OPTION = { personal: 50001, audience: 50002, subject: 50003 } as const;

interface PersonalField {
  readonly path: string[];
  readonly key: string;
}

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Bytes of an extension, which the runtime keeps as an unknown field of the options. */
const extension = (
  options: { $unknown?: { no: number; data: Uint8Array }[] | undefined } | undefined,
  number: number,
): Uint8Array | undefined => options?.$unknown?.findLast((field) => field.no === number)?.data;
const varint = (bytes: Uint8Array | undefined): number => (bytes ? new BinaryReader(bytes).uint32() : 0);
const text = (bytes: Uint8Array | undefined): string => (bytes ? new BinaryReader(bytes).string() : '');

const set = fromBinary(FileDescriptorSetSchema, readFileSync(join(gen, 'descriptors.binpb')));
const messages = new Map<string, DescriptorProto>();
for (const file of set.file) {
  for (const message of file.messageType) messages.set(`${file.package}.${message.name}`, message);
}

const personalFields = (name: string, prefix: string[], seen: readonly string[] = []): PersonalField[] => {
  const message = messages.get(name);
  if (!message || seen.includes(name)) return [];
  return message.field.flatMap((field) => {
    const path = [...prefix, camel(field.name ?? '')];
    const repeated = field.label === FieldDescriptorProto_Label.REPEATED;
    if (repeated) path.push('*');
    const key = KEYS[varint(extension(field.options, OPTION.personal))];
    if (key) {
      if (field.type !== FieldDescriptorProto_Type.STRING) throw new Error(`${name}.${field.name}: personal fields are strings`);
      return [{ path, key }];
    }
    if (field.type !== FieldDescriptorProto_Type.MESSAGE) return [];
    return personalFields((field.typeName ?? '').replace(/^\./, ''), path, [...seen, name]);
  });
};

const families: { name: string; file: string; events: Record<string, unknown>[] }[] = [];
for (const file of set.file) {
  if (!file.name?.startsWith('parvis/') || !file.name.endsWith('/events.proto')) continue;
  for (const message of file.messageType) {
    if (!message.name?.endsWith('Event') || message.oneofDecl[0]?.name !== 'event') continue;
    families.push({
      name: `${file.package}.${message.name}`,
      file: file.name.replace(/\.proto$/, '.ts'),
      events: message.field.map((field) => {
        const type = (field.typeName ?? '').replace(/^\./, '');
        const options = messages.get(type)?.options;
        const subject = camel(text(extension(options, OPTION.subject)));
        return {
          type,
          case: camel(field.name ?? ''),
          audience: AUDIENCES[varint(extension(options, OPTION.audience))] ?? 'internal',
          ...(subject ? { subject } : {}),
          personal: personalFields(type, []),
        };
      }),
    });
  }
}
families.sort((a, b) => a.name.localeCompare(b.name));

const files = [...new Set(families.map((family) => family.file))].sort();
const alias = (file: string): string => file.replace(/[^a-z0-9]/gi, '_');
const short = (name: string): string => name.split('.').at(-1) ?? name;
const lines = [
  '// Written by scripts/generateRegistry.ts from the protos.',
  ...files.map((file) => `import * as ${alias(file)} from './${file}';`),
  '',
  'export const generatedFamilies = {',
  ...families.map(
    (family) =>
      `  ${JSON.stringify(family.name)}: { codec: ${alias(family.file)}.${short(family.name)}, events: ${JSON.stringify(family.events)} },`,
  ),
  '} as const;',
  '',
];
writeFileSync(join(gen, 'registry.ts'), lines.join('\n'));
