// The outbox of the pipeline's world, in memory: claims, ends and follows the request as the real one does.
import type { Change } from "../../src/core/approval/change.ts";
import type { Delivery, DeliveryStep } from "../../src/core/approval/delivery.ts";
import type { RequestId } from "../../src/core/approval/request.ts";
import type { Outbox } from "../../src/effects.ts";

type Row = { -readonly [K in keyof Delivery]: Delivery[K] } & {
  claim?: string;
  claimedUntil: number;
  reached: boolean;
};

const isOpen = ({ state }: Row): boolean => state === "due" || state === "looking";

export class OutboxFake implements Outbox {
  readonly rows: Row[] = [];

  claim(claim: string, now: number, until: number, request?: RequestId): Promise<readonly Delivery[]> {
    const free = this.rows.filter((row) => isOpen(row) && row.at <= now && row.claimedUntil <= now);
    const taken = free.filter((row) => request === undefined || row.request === request);
    for (const row of taken) Object.assign(row, { claim, claimedUntil: until });
    return Promise.resolve(taken.map((row) => ({ ...row })));
  }

  put(step: DeliveryStep): Promise<void> {
    if (this.has(step)) this.#move(step);
    return Promise.resolve();
  }

  nextAt(request?: RequestId): Promise<number | undefined> {
    const open = this.rows.filter((row) => isOpen(row) && (request === undefined || row.request === request));
    const times = open.map((row) => Math.max(row.at, row.claimedUntil));
    return Promise.resolve(times.length === 0 ? undefined : Math.min(...times));
  }

  of(request: RequestId): Promise<readonly Delivery[]> {
    return Promise.resolve(this.rows.filter((row) => row.request === request));
  }

  has({ number, claim }: DeliveryStep): boolean {
    return this.rows.some((row) => row.number === number && row.claim === claim && isOpen(row));
  }

  apply({ deliveries = [], delivery, request }: Change, now: number): void {
    if (delivery) this.#move(delivery);
    for (const draft of deliveries) {
      const state = draft.kind === "decided" ? "held" : "due";
      const number = this.rows.length + 1;
      this.rows.push({ ...draft, number, state, at: draft.from, failures: 0, claimedUntil: 0, reached: false });
    }
    if (request === undefined || request.expect === "new" || request.expect.state !== "pending") return;
    const { next } = request;
    const own = this.rows.filter((row) => row.request === next.id);
    for (const row of own) {
      const over = next.state !== "pending" || row.version < next.version;
      if (over && isOpen(row) && (row.kind === "question" || row.kind === "reminder")) row.state = "dropped";
    }
    if (next.state === "pending") return;
    for (const row of own.filter(({ kind, state }) => kind === "decided" && state === "held")) {
      const asked = own.some(
        (q) => q.kind === "question" && q.approver === row.approver && q.to === row.to && q.reached,
      );
      Object.assign(row, { state: asked || row.to === next.requester.name ? "due" : "dropped", at: now });
    }
  }

  #move({ number, next, keep }: DeliveryStep): void {
    const row = this.rows.find((one) => one.number === number);
    if (row === undefined) throw new Error(`no delivery ${number}`);
    Object.assign(row, next);
    if (keep !== true) {
      row.claimedUntil = 0;
      delete row.claim;
    }
    if (next.state === "sent" || next.state === "looking") row.reached = true;
  }
}
