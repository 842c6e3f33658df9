// What the chats get, as files to look at; and that nothing in it is anything but text, however it was written.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shapes } from "../../src/approvers/webhook/shapes/index.ts";
import { messageText } from "../../src/core/approval/message-text.ts";
import type { Delivery } from "../../src/core/approval/delivery.ts";
import type { Request } from "../../src/core/approval/request.ts";
import type { WebhookShape } from "../../src/core/configuration/configuration.ts";
import { requestFixture } from "../cli/request-fixture.ts";
import { serviceAt } from "./service-fixture.ts";

const url = new URL("https://ntfy.example/house/jit-nmap");
const names: readonly WebhookShape[] = ["standard", "slack", "teams", "ntfy"];

function shaped(shape: WebhookShape, request: Request, kind: Delivery["kind"] = "question", link = true) {
  const service = serviceAt(url.href, "v1", { shape });
  const text = messageText(request, { kind });
  const telling = { request, delivery: { kind }, text, voters: ["jsmith"], service };
  return shapes[shape]({ ...telling, ...(link && { link: `https://jit.example/r/${request.id}` }) }, url);
}

const asked = requestFixture({ reason: "CHG-118 audit" });
const denied: Request = { ...asked, state: "denied", endedAt: 0, by: "dave", because: "not today" };

describe.each(names)("the shape %s", (shape) => {
  it("asks like this", () =>
    expect(JSON.stringify(shaped(shape, asked), null, 2)).toMatchFileSnapshot(`golden/${shape}.question.json`));

  it("tells the end like this", () =>
    expect(JSON.stringify(shaped(shape, denied, "decided"), null, 2)).toMatchFileSnapshot(
      `golden/${shape}.decided.json`,
    ));

  it("does without a page", () => {
    expect(JSON.stringify(shaped(shape, asked, "question", false))).not.toContain("https://jit.example");
  });

  it("has no control characters in it whatever the reason is, and is never too large for its chat", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (reason) => {
        const text = JSON.stringify(shaped(shape, requestFixture({ reason })));
        if (shape !== "standard") expect(text).not.toMatch(/\\u00[01][0-9a-f]|\\[rtbf]|[\p{Cf}]/u);
        expect(Buffer.byteLength(text)).toBeLessThan(28_000);
      }),
      { numRuns: 50 },
    );
  });
});

describe("Slack", () => {
  const buttons = (request: Request, kind: Delivery["kind"] = "question"): string =>
    JSON.stringify(shaped("slack", request, kind))
      .replaceAll(/[^]*?"action_id":"(\w+)"|[^]+/g, "$1 ")
      .trim();

  it("has buttons for a question that it shows whole, approve last of those that decide", () => {
    expect(buttons(asked)).toBe("deny approve open");
  });

  it("has none for what needs no answer, or does not fit: then the page is where to answer", () => {
    expect(buttons(denied, "decided")).toBe("open");
    expect(buttons(requestFixture({ reason: "x".repeat(4000) }))).toBe("open");
  });

  it("has none where nobody could check who pressed them", () => {
    const service = serviceAt(url.href, "v1", { shape: "slack" });
    Reflect.deleteProperty(service, "verify");
    const telling = {
      request: asked,
      delivery: { kind: "question" as const },
      text: messageText(asked, { kind: "question" }),
    };
    expect(JSON.stringify(shapes.slack({ ...telling, voters: [], service }, url))).not.toContain('approve",');
  });
});

describe("ntfy", () => {
  it("is published to the server, with the topic in the body", () => {
    const { url: to, body } = shaped("ntfy", asked);
    expect([to?.href, body]).toMatchObject(["https://ntfy.example/house/", { topic: "jit-nmap" }]);
  });
});
