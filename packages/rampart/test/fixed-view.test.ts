import { type Fault, instant, type Layer, viewId } from '@testudo/core'
import { FAULTS_MAX, fixedView } from '@testudo/rampart'
import { genesisView, simulatedSuite } from '@testudo/simulator'
import { expect, test } from 'vitest'

const suite = simulatedSuite(1)
const members = [0, 1, 2, 3].map((index) => suite.identity(index).id)
const view = genesisView(suite, members)
const now = instant(0)

function suspect(layer: Layer, fault: Fault): ReturnType<Layer['step']> {
  return layer.step({ type: 'suspect', view: view.id, fault }, now)
}

function fault(member: number, code: string): Fault {
  return { culprit: members[member] as Fault['culprit'], code }
}

test('the view comes with start, and nobody joined or left', () => {
  expect(fixedView(view).step({ type: 'start' }, now)).toEqual([{ type: 'view', view, joined: [], left: [] }])
})

test('a suspicion becomes a fault for the application, each culprit and code once', () => {
  const layer = fixedView(view)
  expect(suspect(layer, fault(1, 'mute'))).toEqual([{ type: 'fault', fault: fault(1, 'mute') }])
  expect(suspect(layer, fault(1, 'mute'))).toEqual([])
  expect(suspect(layer, fault(1, 'lies'))).toEqual([{ type: 'fault', fault: fault(1, 'lies') }])
  expect(suspect(layer, fault(2, 'mute'))).toEqual([{ type: 'fault', fault: fault(2, 'mute') }])
})

test('FAULTS_MAX: no more faults are reported than that', () => {
  const layer = fixedView(view)
  for (let i = 0; i < FAULTS_MAX; i++) expect(suspect(layer, fault(1, `code ${i}`))).toHaveLength(1)
  expect(suspect(layer, fault(1, 'one more'))).toEqual([])
})

test('nobody joins or leaves, and what is not about membership passes', () => {
  const layer = fixedView(view)
  expect(layer.step({ type: 'leave' }, now)).toEqual([])
  expect(layer.step({ type: 'admit', view: viewId(1) }, now)).toEqual([])
  const multicast = { type: 'multicast', payload: Uint8Array.of(1) } as const
  expect(layer.step(multicast, now)).toEqual([multicast])
})
