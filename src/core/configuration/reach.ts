// Which approvers can be asked at all, by what is configured: asked before a request is accepted, by the policy's checks
// and by whoever asks. Cheap: it looks at values and reads nothing.
import type { Approver, Contact } from "../policy/policy.ts";
import type { Problem } from "../result.ts";
import type { Configuration } from "./configuration.ts";
import { unreachable } from "../result.ts";

/** Whether an approver of this type needs config.yaml; the others are always there. */
export const needsConfiguration = ({ type }: Pick<Approver, "type">): boolean => type !== "prompt";

/** What is missing for this approver to ask anybody; undefined when nothing is. */
export function missingFor(
  approver: Approver,
  configuration: Configuration,
): Problem<"approver-not-configured"> | undefined {
  const { name, type } = approver;
  const missing = (message: string, hint: string): Problem<"approver-not-configured"> => ({
    code: "approver-not-configured",
    message,
    hint,
  });
  if (type === "email" && configuration.smtp === undefined) {
    return missing(
      `the approver ${name} sends mail, and no mail server is configured`,
      `add smtp: to ${configuration.origin}`,
    );
  }
  if (type !== "webhook") return undefined;
  const service = configuration.webhooks.get(approver.service ?? "");
  if (service !== undefined) return undefined;
  const known = [...configuration.webhooks.keys()];
  return missing(
    `the approver ${name} asks the service ${approver.service ?? ""}, which is not configured`,
    `add it under webhooks: in ${configuration.origin}${known.length > 0 ? `, which has ${known.join(", ")}` : ""}`,
  );
}

/** Whether this approver, once configured, reaches this person. */
export function reaches(
  approver: Approver,
  login: string,
  contacts: ReadonlyMap<string, Contact>,
  configuration: Configuration | undefined,
): boolean {
  switch (approver.type) {
    case "prompt":
      return true;
    case "email":
      return contacts.get(login)?.mail !== undefined;
    case "webhook":
      return isChat(approver, configuration) || Object.values(approver.voters ?? {}).includes(login);
    default:
      return unreachable(approver.type);
  }
}

/** A message in a chat is for everybody who reads there, known to the policy or not: it says how else to answer. */
function isChat({ service }: Approver, configuration: Configuration | undefined): boolean {
  const shape = configuration?.webhooks.get(service ?? "")?.shape;
  return shape !== undefined && shape !== "standard";
}
