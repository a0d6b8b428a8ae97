import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
  ValueError,
  type Payload,
} from '@temporalio/common';
import { parseSecrets, stringifySecrets } from './secret-json';
import { markOf, marked, textOf } from './secret-mark';

/** JSON that carries Secrets: it marks the payloads that hold any, for the codec, and leaves all others as they are. */
class SecretJsonConverter extends JsonPayloadConverter {
  override toPayload(value: unknown): Payload | undefined {
    const text = withSecrets(value);
    const payload = super.toPayload(text === undefined ? value : null);
    return text === undefined || payload === undefined ? payload : marked(payload, 'plain', text);
  }

  override fromPayload<T>(payload: Payload): T {
    const mark = markOf(payload);
    if (mark === undefined) return super.fromPayload(payload);
    if (mark === 'sealed') {
      throw new ValueError(
        'This payload holds sealed Secrets and no codec has opened it: use secretsPlugin.',
      );
    }
    return parseSecrets(textOf(payload)) as T;
  }
}

// As the default: what cannot be written is another converter's.
function withSecrets(value: unknown): string | undefined {
  try {
    return stringifySecrets(value);
  } catch {
    return undefined;
  }
}

/** For `payloadConverterPath`; secretsPlugin sets it. Loads in the workflow sandbox. */
export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new SecretJsonConverter(),
);
