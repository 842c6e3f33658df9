// What every payload shape is given and gives. To add one: its file, its line in index.ts, and its golden files.
import type { MessageText } from "../../../core/approval/message-text.ts";
import type { Delivery } from "../../../core/approval/delivery.ts";
import type { Request } from "../../../core/approval/request.ts";
import type { WebhookService } from "../../../core/configuration/configuration.ts";

export interface Telling {
  readonly request: Request;
  readonly delivery: Pick<Delivery, "kind">;
  readonly text: MessageText;
  /** Where the page shows it, if there is a page. */
  readonly link?: string;
  /** Who may vote there, as the service knows them. */
  readonly voters: readonly string[];
  readonly service: WebhookService;
}

export interface Shaped {
  readonly body: object;
  /** Where it goes, when that is not the service's own address. */
  readonly url?: URL;
}

export type Shape = (telling: Telling, url: URL) => Shaped;

/** The text in at most `most` characters, and whether something had to go. */
export function fitted(text: string, most: number): { readonly text: string; readonly isWhole: boolean } {
  const characters = Array.from(text);
  if (characters.length <= most) return { text, isWhole: true };
  return { text: `${characters.slice(0, most - 1).join("")}…`, isWhole: false };
}

export const asks = ({ delivery }: Pick<Telling, "delivery">): boolean =>
  delivery.kind === "question" || delivery.kind === "reminder";
