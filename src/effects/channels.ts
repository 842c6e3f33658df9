// The part of effects.ts that is about reaching people elsewhere: what config.yaml says, and the messages on their way.
// Interfaces only, like all of it.
import type { Delivery, DeliveryStep } from "../core/approval/delivery.ts";
import type { RequestId } from "../core/approval/request.ts";
import type { WebhookProof } from "../core/approval/proof.ts";
import type { Configuration, WebhookService } from "../core/configuration/configuration.ts";
import type { Problem, Result } from "../core/result.ts";

/** config.yaml: read when something is sent or served, never on the path of an allowed scan. */
export interface ConfigSource {
  /** What it says now; where there is none, what holds without. One with a mistake, or that others can write, is not used (78). */
  load(): Promise<Result<Configuration, readonly Problem[]>>;
  /** The bytes of a secret that it names, at most 64 KiB; refused where others can read or change them. */
  secret(file: string): Promise<Result<Uint8Array, Problem<"secret-unusable">>>;
}

/** Messages on their way. They are put here by a change (Change.deliveries), and end by one (Change.delivery). */
export interface Outbox {
  /**
   * Takes up what is due at `now`, so that no other process does until `until`: a claim that is not ended by then is
   * anybody's again. `claim`: a random word of the caller's; `request`: only its deliveries.
   */
  claim(claim: string, now: number, until: number, request?: RequestId): Promise<readonly Delivery[]>;
  /** Moves a claimed delivery without a word in the trail: an answer that was looked for and is not there yet. */
  put(step: DeliveryStep): Promise<void>;
  /** When the next one is to be taken up, claimed ones included; undefined when none is. */
  nextAt(request?: RequestId): Promise<number | undefined>;
  /** All of a request, in the order they were written. */
  of(request: RequestId): Promise<readonly Delivery[]>;
}

/** What a service answered, as it said it: names are its own, nothing is judged. */
export interface SaidByService {
  readonly request: string;
  readonly digest: string;
  readonly nonce: string;
  readonly vote: "approve" | "deny";
  /** Who, as the service knows them; absent where the service answers for itself. */
  readonly voter?: string;
  readonly reason?: string;
}

/** A call that reached us, byte for byte; `header` takes lower-case names. */
export interface Call {
  header(name: string): string | undefined;
  readonly body: string;
}

/** Calls of services about requests that they were asked. */
export interface Callbacks {
  /**
   * What a call says and what proves it: signed by the service's own key for this direction, not older than 5 minutes.
   * Undefined for anything else, whatever is wrong with it: whoever calls learns nothing from the difference.
   *
   * @param now  milliseconds since the Unix epoch, UTC.
   */
  read(
    service: WebhookService,
    call: Call,
    now: number,
  ): Promise<{ readonly said: SaidByService; readonly proof: WebhookProof } | undefined>;
}
