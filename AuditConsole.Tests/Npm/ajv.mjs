// Judges documents as Ajv does. Each line of the input is {"schema", "documents"}; each line of the output has, for every
// document, its errors as [instancePath, keyword], or why the schema can't be compiled.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const Ajv = require('ajv').default;
const addFormats = require('ajv-formats').default;

// Own properties: "isPrototypeOf" is a name like others.
const ajv = addFormats(new Ajv({ allErrors: true, strict: false, ownProperties: true, logger: false }));

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line === '') continue;
  const { schema, documents } = JSON.parse(line);
  let answer;
  try {
    const validate = ajv.compile(schema);
    answer = {
      results: documents.map((document) => validate(document) ? [] : validate.errors.map((error) => [error.instancePath, error.keyword])),
    };
    ajv.removeSchema(schema);
  } catch (fault) {
    answer = { fault: String(fault.message) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
