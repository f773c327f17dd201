import {
  type Checker,
  type Deeds,
  type Delivery,
  type History,
  inView,
  lastingFrom,
  namer,
  obedientOf,
  Verdict,
} from './history.js'

/** Order ([R94] 3): honest lasting processes deliver the messages of a view in one order. */
export const order: Checker = (history) => oneOrder('Order', history, lastingFrom, (delivered) => [delivered])

/** Uniform Order ([R94] 7): any obedient process delivers the messages of a view in the order of the lasting ones. */
export const uniformOrder: Checker = (history) =>
  oneOrder('Uniform Order', history, obedientOf, (delivered) => [delivered])

/** Lemma 3 ([R94] 5): honest lasting processes deliver the messages of one sender in a view in one order. */
export const lemma3: Checker = (history) => oneOrder('Lemma 3', history, lastingFrom, bySender)

/**
 * If p delivers a before b, then q never delivers b without having delivered a before. For each p in `from`, each q
 * that lasts, each view, and each part of p's deliveries in it.
 */
function oneOrder(
  property: string,
  history: History,
  from: (history: History, x: number) => Deeds[],
  parts: (delivered: readonly Delivery[]) => readonly (readonly Delivery[])[],
) {
  const verdict = new Verdict(property)
  const name = namer(history)
  for (const { id: x } of history.views) {
    for (const p of from(history, x)) {
      for (const part of parts(inView(p, x))) {
        for (const q of lastingFrom(history, x)) {
          if (q.account.process === p.account.process) continue
          const [a, b] = outOfOrder(part, inView(q, x)) ?? []
          if (a === undefined || b === undefined) continue
          const [first, second] = [a, b].map(({ sender, seq }) => `${name(sender)}#${seq}`)
          verdict.add(
            `${p.account.name} delivered ${first} before ${second} in view ${x}, ` +
              `${q.account.name} delivered ${second} without ${first} before it`,
          )
        }
      }
    }
  }
  return verdict.violations
}

/** A pair that p delivered in this order and of which q delivered the second without the first before it. */
function outOfOrder(ofP: readonly Delivery[], ofQ: readonly Delivery[]): readonly [Delivery, Delivery] | undefined {
  const places = new Map(ofP.map(({ key }, place) => [key, place]))
  const seen = new Set<number>()
  let next = 0 // all of p's deliveries before this place, q has delivered
  for (const delivery of ofQ) {
    const place = places.get(delivery.key)
    if (place === undefined) continue
    if (place > next) return [ofP[next] as Delivery, delivery]
    seen.add(place)
    while (seen.has(next)) next++
  }
  return undefined
}

function bySender(delivered: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const parts = new Map<string, Delivery[]>()
  for (const delivery of delivered) {
    const part = parts.get(delivery.sender)
    if (part === undefined) parts.set(delivery.sender, [delivery])
    else part.push(delivery)
  }
  return [...parts.values()]
}
