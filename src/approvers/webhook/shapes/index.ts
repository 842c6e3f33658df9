// The registry of payload shapes: what `shape` of a service in config.yaml may say.
import type { WebhookShape } from "../../../core/configuration/configuration.ts";
import { ntfy } from "./ntfy.ts";
import type { Shape } from "./shape.ts";
import { slack } from "./slack.ts";
import { standard } from "./standard.ts";
import { teams } from "./teams.ts";

export const shapes: Readonly<Record<WebhookShape, Shape>> = { standard, slack, teams, ntfy };
