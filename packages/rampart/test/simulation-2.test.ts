import { testSeeds } from './simulation/seeds-test.js'

testSeeds(1)
