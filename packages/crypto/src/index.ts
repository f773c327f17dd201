export type { AgreementKey, Backend, Cipher, Derivation, Sealing, SigningKey } from './backend.js'
export type { ChannelPeer, Channels, ChannelsOptions } from './channels.js'
export { openChannels } from './channels.js'
export { FRAME_OVERHEAD_BYTES } from './direction.js'
export type { IdentityOptions } from './identity.js'
export { createIdentity } from './identity.js'
export { readKeyFile, writeKeyFile } from './key-file.js'
export type { KeyFileCode } from './key-file-error.js'
export { KeyFileError } from './key-file-error.js'
export {
  CERTIFICATE_BYTES_MAX,
  CHANNEL_FRAMES_MAX,
  CHANNEL_PEERS_MAX,
  CHANNELS_CACHED_MAX,
  HKDF_BYTES_MAX,
  KEYS_CACHED_MAX,
  MESSAGE_BYTES_MAX,
  RANDOM_BYTES_MAX,
  SCRYPT_LOG2N_MAX,
  SCRYPT_P_MAX,
  SCRYPT_R_MAX,
  VERIFY_IN_FLIGHT_MAX,
  VERIFY_SLICE,
} from './limits.js'
export { nobleBackend } from './noble-backend.js'
export { nodeBackend } from './node-backend.js'
export type { CryptoSuite } from './suite.js'
export { suite } from './suite.js'
export type { TlsCredentials } from './tls-credentials.js'
export { publicKeyOfCertificate, tlsCredentials } from './tls-credentials.js'
export type { CryptoUsageCode } from './usage.js'
