export { main } from './cli.js'
export { Cluster, type ClusterOptions, MemberError } from './cluster/cluster.js'
export { serveMember, type Task, type TaskContext } from './cluster/member.js'
export { Stopped, stoppable, unlessStopped } from './cluster/stop.js'
