/** The two ways in which decoding fails, kept apart because they call for opposite actions. */
import { AppError } from "../errors/app-error.ts";

/** The bytes will never be readable by this release: poison. */
export class DecodeFailure extends AppError {
  constructor(message: string, cause?: unknown) {
    super({ code: "DECODE_FAILED", message, retry: "never", cause });
  }
}

/** The writer's schema is not loaded; ask for it (`Codec.learn`) and decode again. */
export class UnknownSchema extends AppError {
  readonly schemaId: number;

  constructor(schemaId: number) {
    super({ code: "SCHEMA_UNKNOWN", message: `schema ${schemaId} is not loaded`, retry: "later" });
    this.schemaId = schemaId;
  }
}
