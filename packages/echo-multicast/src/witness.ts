import { encode } from '@testudo/codec'
import { type Bytes, type Effect, equalBytes, invariant, type Signer, type View } from '@testudo/core'
import type { Accusations } from './accusations.js'
import { statementBytes } from './certificate.js'
import { echoMessage, type Init } from './messages.js'
import type { Receipts } from './receipts.js'
import type { Stability } from './stability.js'
import { sendTo } from './stability-watch.js'

/** What a witness goes by, in one view. */
export interface Witnessed {
  /** By rank. */
  readonly receipts: readonly Receipts[]
  readonly stability: Stability
  readonly accusations: Accusations
}

/** The multicasts of the others, from the side of one who echoes them: [R94] 4.1 step 2. */
export class Witness {
  readonly #view: View
  readonly #signer: Signer
  readonly #witnessed: Witnessed

  constructor(view: View, signer: Signer, witnessed: Witnessed) {
    this.#view = view
    this.#signer = signer
    this.#witnessed = witnessed
  }

  /** [R94] 4.1 step 2: echo the first digest of (initiator, seq), and only the first. */
  echo(from: number, init: Init): readonly Effect[] {
    const receipts = this.#receiptsOf(from)
    if (!receipts.isNear(init.seq)) return [] // late, or too early: then it comes again
    const first = receipts.first(init.seq)
    if (first === undefined) {
      receipts.keep(init)
      return this.giveEchoes(from)
    }
    if (!equalBytes(first.init.digest, init.digest)) {
      return this.#witnessed.accusations.twoInits(from, first.init, init)
    }
    return first.echo === undefined ? [] : [this.#sendEcho(from, init.seq, first.echo)]
  }

  /**
   * Signs the inits of a member for which there is room.
   *
   * DEVIATION: [R94] 4.1 has every init echoed. We give no echo to a member that is gone (its commits would not be taken
   * from the network anyway), to one that a layer above holds back, or too far above what is stable: else one liar, or
   * one member that acknowledges nothing, made the others keep without bounds.
   */
  giveEchoes(rank: number): readonly Effect[] {
    const { stability } = this.#witnessed
    const receipts = this.#receiptsOf(rank)
    if (receipts.held || stability.isGone(rank)) return []
    return receipts.echoable(stability.acknowledged(rank)).map((first) => {
      const echo = this.#signer.sign(statementBytes(this.#view, rank, first.init))
      receipts.echoed(first, echo)
      return this.#sendEcho(rank, first.init.seq, echo)
    })
  }

  /** Starts or stops helping the multicasts of a member along. */
  hold(rank: number, held: boolean): readonly Effect[] {
    this.#receiptsOf(rank).held = held
    return this.giveEchoes(rank)
  }

  #sendEcho(rank: number, seq: number, signature: Bytes): Effect {
    return sendTo(this.#view, [rank], encode(echoMessage, { type: 'echo', view: this.#view.id, seq, signature }))
  }

  #receiptsOf(rank: number): Receipts {
    const receipts = this.#witnessed.receipts[rank]
    invariant(receipts !== undefined, 'a rank names a member of the view')
    return receipts
  }
}
