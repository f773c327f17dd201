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

/** Agreement ([R94] 3): what one honest lasting process delivers in a view, all deliver in it. */
export const agreement: Checker = (history) => everyoneHas('Agreement', history, lastingFrom)

/** Uniform Agreement ([R94] 7): what any obedient process delivers in a view, all honest lasting ones deliver in it. */
export const uniformAgreement: Checker = (history) => everyoneHas('Uniform Agreement', history, obedientOf)

/**
 * Lemma 2 ([R94] 4.1): the l-th deliveries from one process for one view are the same at any two obedient processes,
 * also those that crashed or were removed. The consistency that echo multicast promises.
 */
export const lemma2: Checker = (history) => {
  const verdict = new Verdict('Lemma 2')
  const name = namer(history)
  const first = new Map<string, { readonly key: string; readonly where: string }>()
  for (const { account, deliveries } of obedientOf(history)) {
    const counts = new Map<string, number>()
    for (const { view, sender, content } of deliveries) {
      const l = (counts.get(`${view}/${sender}`) ?? 0) + 1
      counts.set(`${view}/${sender}`, l)
      const place = `${view}/${sender}/${l}`
      const other = first.get(place)
      if (other === undefined) first.set(place, { key: content, where: account.name })
      else if (other.key !== content) {
        const what = `delivery ${l} from ${name(sender)} for view ${view}`
        verdict.add(`${what} is one message at ${other.where} and another at ${account.name}`)
      }
    }
  }
  return verdict.violations
}

/** Judges "what one of those delivers, every lasting one delivers", view by view. */
function everyoneHas(property: string, history: History, from: (history: History, x: number) => Deeds[]) {
  const verdict = new Verdict(property)
  const name = namer(history)
  for (const { id: x } of history.views) {
    const wanted = new Map<string, { readonly delivery: Delivery; readonly where: string }>()
    for (const deeds of from(history, x)) {
      for (const delivery of inView(deeds, x)) wanted.set(delivery.key, { delivery, where: deeds.account.name })
    }
    for (const deeds of lastingFrom(history, x)) {
      const has = new Map(inView(deeds, x).map((delivery) => [placeOf(delivery), delivery.key]))
      for (const [key, { delivery, where }] of wanted) {
        const own = has.get(placeOf(delivery))
        const what = `${name(delivery.sender)}#${delivery.seq} in view ${x}`
        if (own !== undefined && own !== key)
          verdict.add(`${where} and ${deeds.account.name} delivered different ${what}`)
        else if (own === undefined && history.ended) {
          verdict.add(`${where} delivered ${what}, ${deeds.account.name} never did`)
        }
      }
    }
  }
  return verdict.violations
}

function placeOf({ sender, seq }: Delivery): string {
  return `${sender}/${seq}`
}
