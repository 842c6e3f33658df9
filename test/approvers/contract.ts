// What every approver promises (effects.ts, `Approver`), as one suite: a new approver brings a harness that answers
// through its real channel, and passes it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Policy } from "../../src/core/policy/policy.ts";
import type { Approver, Question } from "../../src/effects.ts";
import { requestFixture } from "../cli/request-fixture.ts";
import { deliveryFixture } from "./delivery-fixture.ts";
import { policyFixture } from "./policy-fixture.ts";

export interface ApproverHarness {
  readonly approver: Approver;
  /** Resolves when the question has reached people, or is about to. */
  asked(): Promise<void>;
  /** This voter answers through the channel. Left out where nobody can: the message says where to. */
  answers?(voter: string, answer: "approve" | "deny", reason?: string): Promise<void>;
  /** The channel says that nobody will answer. */
  declines(): Promise<void>;
  /** From now on nobody can be asked. */
  breaks(): Promise<void>;
  close(): Promise<void>;
}

export interface Ways {
  /** How many people can answer through one question. */
  readonly answers: "none" | "one" | "several";
  /** Whose question it is, where each person gets an own. */
  readonly to?: string;
  readonly policy?: Policy;
}

export function approverContract(
  name: string,
  make: () => Promise<ApproverHarness>,
  { answers, to, policy = policyFixture() }: Ways = { answers: "several" },
): void {
  describe(`the ${name} approver`, () => {
    let harness: ApproverHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => {
      await harness.close();
    });

    const question = (votes: Readonly<Record<string, number>> = { leads: 1 }): Question => ({
      request: requestFixture({
        requires: [{ rule: "lab", votes, via: [name], answerWithinSeconds: 60, startWithinSeconds: 60 }],
      }),
      voters: ["carol", "dave"],
      name,
      policy,
      delivery: deliveryFixture({ approver: name, ...(to !== undefined && { to }) }),
    });
    const voted = async (...vote: Parameters<NonNullable<ApproverHarness["answers"]>>): Promise<void> => {
      if (harness.answers === undefined) throw new Error("this channel brings no answers");
      await harness.answers(...vote);
    };
    const open = new AbortController().signal;
    const order = ["none", "one", "several"];
    /** A test of channels that bring so many answers. */
    const bringing = (least: Ways["answers"], title: string, test: () => Promise<void>): void => {
      if (order.indexOf(answers) >= order.indexOf(least)) it(title, test);
    };

    bringing("one", "gives a voter's yes with who, why and how sure we are", async () => {
      const answering = harness.approver.ask(question(), open);
      await harness.asked();
      await voted("dave", "approve", "CHG-118 is approved");
      const [answer, ...more] = (await answering).answers;
      expect(more).toEqual([]);
      expect(answer).toMatchObject({ voter: "dave", answer: "approve", reason: "CHG-118 is approved" });
      expect(["asserted", "account", "signed"]).toContain(answer?.strength);
    });

    bringing("one", "gives a voter's no", async () => {
      const answering = harness.approver.ask(question(), open);
      await harness.asked();
      await voted("carol", "deny", "not today");
      expect((await answering).answers).toMatchObject([{ voter: "carol", answer: "deny", reason: "not today" }]);
    });

    bringing("several", "gives two people's answers where two are wanted, each once", async () => {
      const answering = harness.approver.ask(question({ leads: 2 }), open);
      await harness.asked();
      await voted("carol", "approve");
      await voted("dave", "approve");
      expect((await answering).answers.map((answer) => answer.voter)).toEqual(["carol", "dave"]);
    });

    bringing("one", "asks nobody else after a no", async () => {
      const answering = harness.approver.ask(question({ leads: 2 }), open);
      await harness.asked();
      await voted("carol", "deny");
      expect((await answering).answers).toMatchObject([{ voter: "carol", answer: "deny" }]);
    });

    it("gives nothing when nobody answers", async () => {
      const answering = harness.approver.ask(question(), open);
      await harness.asked();
      await harness.declines();
      expect((await answering).answers).toEqual([]);
    });

    it("stops asking and gives nothing when it was answered elsewhere", async () => {
      const elsewhere = new AbortController();
      const answering = harness.approver.ask(question(), elsewhere.signal);
      await harness.asked();
      elsewhere.abort();
      expect((await answering).answers).toEqual([]);
    });

    it("asks nobody when it is over before it began", async () => {
      expect((await harness.approver.ask(question(), AbortSignal.abort())).answers).toEqual([]);
    });

    it("rejects when it can't ask, which is neither yes nor no", async () => {
      await harness.breaks();
      await expect(harness.approver.ask(question(), open)).rejects.toThrow();
    });
  });
}
