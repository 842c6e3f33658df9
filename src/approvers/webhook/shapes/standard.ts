// The shape of our own, for services that answer: everything that a voter may see, and what an answer has to echo.
import { time } from "../../../core/time.ts";
import { toService } from "../answer.ts";
import { asks, type Shape } from "./shape.ts";

export const standard: Shape = (telling) => {
  const { request, delivery, text, link, voters } = telling;
  return {
    body: {
      type: `jit-nmap.${delivery.kind}`,
      direction: toService,
      data: {
        request: request.id,
        version: request.version,
        digest: request.digest,
        nonce: request.nonce,
        state: request.state,
        requester: request.requester.name,
        headline: text.headline,
        ...(text.sentences.length > 0 && { sentences: text.sentences }),
        card: text.card.rows.map(({ label, values, alarming }) => ({ label, values, ...(alarming && { alarming }) })),
        command: text.card.command,
        ...(asks(telling) && { answerBy: time(request.answerBy), voters }),
        ...(link !== undefined && { link }),
      },
    },
  };
};
