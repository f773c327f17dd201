import { type Call, type Checker, type Deeds, deedsOf, namer, obedientOf, Verdict } from './history.js'

/**
 * Integrity ([R94] 3): an obedient process delivers each (view, sender, seq) at most once and, if the sender obeys
 * too, nothing that the sender did not multicast before, and nothing more often than it did. A multicast handed down
 * while the view is changing may be carried out in a later view, so the view is only judged where the call named it.
 */
export const integrity: Checker = (history) => {
  const verdict = new Verdict('Integrity')
  const name = namer(history)
  const senders = new Map(obedientOf(history).map((deeds) => [deeds.account.process, deeds]))
  for (const deeds of obedientOf(history)) {
    const seen = new Set<string>()
    const counts = new Map<string, number>()
    for (const { at, view, sender, seq, content } of deeds.deliveries) {
      const what = `${name(sender)}#${seq} in view ${view}`
      const place = `${view}/${sender}/${seq}`
      if (seen.has(place)) verdict.add(`${deeds.account.name} delivered ${what} twice`)
      seen.add(place)
      const from = senders.get(sender)
      if (from === undefined) continue
      const times = (counts.get(content) ?? 0) + 1
      counts.set(content, times)
      if (callsBefore(from, content, at, view) < times) {
        verdict.add(`${deeds.account.name} delivered ${what}, which ${name(sender)} had not multicast`)
      }
    }
  }
  return verdict.violations
}

function callsBefore(deeds: Deeds, content: string, at: number, view: number): number {
  const fits = (call: Call): boolean => call.content === content && call.at <= at && (!call.exact || call.view === view)
  return deeds.calls.filter(fits).length
}

/**
 * What `Deliver` promises ([R94] 3, "occurs in view x"): the messages of a sender in a view are numbered from 1 without
 * gaps, and each is delivered while its view is the last one delivered. For the levels of reliable and atomic
 * multicast; echo multicast serves several views at once (`numbering` judges it).
 */
export const placement: Checker = (history) => {
  const verdict = new Verdict('Placement')
  const name = namer(history)
  for (const { account, deliveries } of obedientOf(history)) {
    for (const { view, occurred, sender, seq } of deliveries) {
      if (view === occurred) continue
      verdict.add(`${account.name} delivered ${name(sender)}#${seq} of view ${view} while in view ${occurred}`)
    }
  }
  return verdict.violations
}

/** What `Deliver` promises: the messages of a sender in a view are numbered from 1 without gaps. */
export const numbering: Checker = (history) => {
  const verdict = new Verdict('Numbering')
  const name = namer(history)
  for (const { account, deliveries } of obedientOf(history)) {
    const next = new Map<string, number>()
    for (const { view, sender, seq } of deliveries) {
      const expected = next.get(`${view}/${sender}`) ?? 1
      next.set(`${view}/${sender}`, expected + 1)
      if (seq === expected) continue
      verdict.add(`${account.name} delivered ${name(sender)}#${seq} in view ${view} where #${expected} was next`)
    }
  }
  return verdict.violations
}

/** Lemma 1 ([R94] 4.1): what an obedient process E-delivers for view x from an obedient sender, that one E-mcast to x. */
export const lemma1: Checker = (history) => {
  const verdict = new Verdict('Lemma 1')
  const name = namer(history)
  const senders = new Map(obedientOf(history).map(({ account }) => [account.process, deedsOf(account)]))
  for (const { account, deliveries } of obedientOf(history)) {
    for (const { at, view, sender, seq, content } of deliveries) {
      const from = senders.get(sender)
      if (from === undefined) continue
      const made = from.calls.some((call) => call.content === content && call.view === view && call.at <= at)
      if (!made) verdict.add(`${account.name} delivered ${name(sender)}#${seq} for view ${view}, never multicast to it`)
    }
  }
  return verdict.violations
}
