// What every key of a policy means, in the sentence that an editor shows beside it. Apart from the schema, because it
// is text for people and decides nothing.

/** By key, or by `parent.key` where the same key means another thing elsewhere. */
export const keySentences: ReadonlyMap<string, string> = new Map([
  // A policy file.
  ["version", "The version of the language: 1."],
  ["timezone", "IANA name of the zone that windows and local times are in, such as Europe/Berlin; UTC when absent."],
  ["contact", "Whom every denial tells the requester to ask."],
  ["defaults", "What holds where a rule says nothing."],
  ["defaults.ttl", "The time box of rules that name none; 15m when absent."],
  [
    "people",
    "Names for sets of people: logins, group:NAME (a group of the system), service:NAME (an account without a person).",
  ],
  ["people.mail", "The address that approvers of type email write to."],
  ["people.keys", "Public keys, as in an OpenSSH .pub file, that prove a signed vote."],
  ["networks", "Names for sets of addresses: addresses, networks without host bits, first-last, or { file: NAME }."],
  ["networks.file", "A file in the policy's folder with one address, network or range a line."],
  ["windows", "Names for times: weekly { days, hours }, dated { from, to }, or { calendar }."],
  ["windows.days", "Days of the week, such as mon-fri or sat,sun."],
  ["windows.hours", "Hours of the day, such as 09:00-18:00; 22:00-06:00 goes over midnight."],
  ["windows.from", "The local time at which it opens."],
  ["windows.to", "The local time at which it closes."],
  ["windows.calendar", "The name of a calendar: the window is open during its events."],
  ["approvers", "Ways of asking people; how to reach them stands in config.yaml."],
  ["approvers.type", "prompt asks at the requester's terminal, email by mail, webhook at a service."],
  ["approvers.service", "The service of config.yaml that is asked."],
  ["approvers.voters", "Who speaks at the service, as people of this policy."],
  ["approvers.speaks-for", "The service answers for itself, and no person is behind its votes."],
  ["rules", "The rules, in any order: what none of them covers is denied."],
  ["profiles", "Named lines of nmap's arguments, used as jit-nmap @NAME TARGETS."],
  ["readers", "Who may read what others' scans found."],
  ["readers.results", "These may read results, besides the requester, those who voted, and auditors."],
  ["delegates", "Who votes in whose place, and until when."],
  ["delegates.to", "Who votes instead."],
  ["delegates.until", "The last day of it."],
  ["calendars", "Calendars that windows may name."],
  ["calendars.ics", "An iCalendar file in the policy's folder."],
  ["checkpoints", "Where signed heads of the trail are sent."],
  ["checkpoints.to", "Places besides the trail itself: file, syslog, webhook."],
  // A rule.
  ["name", "What explanations, requests and the trail call this rule; unique in the policy."],
  ["effect", "deny strikes what it touches; allow, confirm and ask cover what lies wholly inside them."],
  ["requesters", "Who asks: sets of people or logins; everyone when absent."],
  ["targets", "Which addresses: names of networks, addresses, networks or ranges; every address when absent."],
  ["ports", 'Which ports: 22 and "80-90" mean every protocol, tcp/22 and udp/53 one; every port when absent.'],
  ["may", "Which kind of scan: ordinary (the default of covering rules), anything, or a list."],
  ["may.techniques", "Scan techniques, as check --json names them."],
  ["may.features", "Features, as check --json names them."],
  ["may.scripts", "NSE scripts, by category or by name."],
  ["scripts.categories", "Every script of one of these categories."],
  ["scripts.names", "Scripts by name, with * for any part."],
  ["scripts.never", "None of these, whatever the categories and names say."],
  ["during", "Names of windows: the rule holds while one of them is open; always when absent."],
  ["notify", "Who is told of what happens under this rule."],
  ["notify.on", "What is told."],
  ["notify.via", "The approvers it is told through."],
  [
    "other-ports",
    "Whether a rule that lists ports also covers scans that choose ports at run time (-O, --traceroute, scripts).",
  ],
  ["egress", "Addresses that scripts may contact besides the targets."],
  ["timing", "How fast a scan may be."],
  [
    "timing.max-template",
    "The fastest timing template: 4 lets -T4 through, and neither -T5 nor numbers such as --min-rate that are faster than -T4.",
  ],
  ["limits", "How much: a rule over its limit does not cover."],
  ["limits.hosts", "Most addresses of one scan."],
  [
    "limits.probes",
    "Most probes of one scan and of one requester's scans under this rule, as jit-nmap estimates them: 5000, 20k, 1M.",
  ],
  ["limits.runs", "Most runs of one requester under this rule over a sliding time, such as 10/hour."],
  ["limits.concurrent", "Most sessions of one requester under this rule at the same time."],
  ["limits.cool-down", "How long a target is left alone between two scans of it."],
  ["enforce", "What is written into the command that nmap runs, whatever was typed."],
  ["enforce.max-rate", "Most packets a second (--max-rate)."],
  ["ttl", "The time box: a scan that still runs then is ended."],
  ["enforcement", "What must hold the session: required (confined), arguments-only, or unprivileged."],
  ["on-violation", "What happens when a scan does what its plan does not say: record it, or end it."],
  ["rule.profiles", "Only scans that use one of these profiles."],
  ["ask", "Who is asked, how, and for how long."],
  ["ask.votes", "How many distinct people of which set must say yes; nobody approves the own request."],
  ["ask.via", "The approvers that ask; all of them when absent."],
  ["ask.answer-within", "How long a request waits for its answer; 30m when absent."],
  ["ask.start-within", "How long an approval can be used; 1h when absent."],
  ["reason", "The words that the requester must give."],
  ["reason.min-length", "Their least length in characters."],
  ["reason.pattern", "A regular expression that must occur in them, such as CHG-[0-9]+."],
  ["on-touch", "Whether the rule binds wherever it is touched, also over an allow."],
  ["unless", "What is spared: a plan that lies wholly inside it."],
  ["strength", "The least strength of a vote: asserted, account or signed."],
  ["break-glass", "Running at once in an emergency, with a review owed afterwards."],
  ["break-glass.ttl", "The time box of such a run."],
  ["break-glass.alert", "The approvers that are told at once."],
  ["message", "What the requester is told when this rule strikes."],
]);

/**
 * The sentence for a key.
 *
 * @param parent  the key whose value the key stands in; below names of the author's own choice, the key above them.
 */
export function sentenceOf(parent: string, key: string): string | undefined {
  if (parent === "rules" && key === "profiles") return keySentences.get("rule.profiles");
  return keySentences.get(`${parent}.${key}`) ?? keySentences.get(key);
}
