import protobuf from 'protobufjs/light.js';

/**
 * Kong's `kong_plugin_protocol` and the parts of `google.protobuf` it uses: fields separated by
 * `;`, members of a oneof by `|`. A map travels as repeated entries, and is written so here: keys
 * come from clients, and generated code that assigns them to an object would take `__proto__` for
 * more than a name.
 */
const definition = {
  Empty: '',
  Value:
    'int32 nullValue = 1 | double numberValue = 2 | string stringValue = 3 | bool boolValue = 4 | Struct structValue = 5 | ListValue listValue = 6',
  Struct: 'repeated StructEntry fields = 1',
  StructEntry: 'string key = 1; Value value = 2',
  ListValue: 'repeated Value values = 1',
  CmdGetPluginNames: '',
  CmdGetPluginInfo: 'string name = 1',
  CmdStartInstance: 'string name = 1; bytes config = 2',
  CmdGetInstanceStatus: 'int32 instanceId = 1',
  CmdCloseInstance: 'int32 instanceId = 1',
  CmdHandleEvent: 'int32 instanceId = 1; string eventName = 2',
  RpcCall:
    'int64 sequence = 1; CmdGetPluginNames getPluginNames = 31 | CmdGetPluginInfo getPluginInfo = 32 | CmdStartInstance startInstance = 33 | CmdGetInstanceStatus getInstanceStatus = 34 | CmdCloseInstance closeInstance = 35 | CmdHandleEvent handleEvent = 36',
  PluginNames: 'repeated string names = 1',
  PluginInfo:
    'string name = 1; int64 updatedAt = 2; int64 loadedAt = 3; repeated string phases = 4; string version = 5; int32 priority = 6; string schema = 7',
  InstanceStatus: 'string name = 1; int32 instanceId = 2; Value config = 3; int64 startedAt = 4',
  RpcReturn:
    'int64 sequence = 1; PluginNames pluginNames = 31 | PluginInfo pluginInfo = 32 | InstanceStatus instanceStatus = 33',
  KV: 'string k = 1; Value v = 2',
  Bool: 'bool v = 1',
  Int: 'int32 v = 1',
  Number: 'double v = 1',
  String: 'string v = 1',
  ByteString: 'bytes v = 1',
  ExitArgs: 'int32 status = 1; bytes body = 2; Struct headers = 3',
  RawBodyResult: 'bytes content = 1 | string bodyFilepath = 2 | string error = 3',
  Target: 'string host = 1; int32 port = 2',
  ConsumerSpec: 'string id = 1; bool byUsername = 2',
  Consumer:
    'string id = 1; int64 createdAt = 2; string username = 3; string customId = 4; repeated string tags = 5',
  AuthenticatedCredential: 'string id = 1; string consumerId = 2',
  AuthenticateArgs: 'Consumer consumer = 1; AuthenticatedCredential credential = 2',
  EntityKey: 'string id = 1',
  Route:
    'string id = 1; int64 createdAt = 2; int64 updatedAt = 3; string name = 4; repeated string protocols = 5; repeated string methods = 6; repeated string hosts = 7; repeated string paths = 8; repeated string headers = 9; int32 httpsRedirectStatusCode = 10; int32 regexPriority = 11; bool stripPath = 12; bool preserveHost = 13; repeated string snis = 14; repeated string sources = 15; repeated string destinations = 16; repeated string tags = 17; EntityKey service = 18',
  Service:
    'string id = 1; int64 createdAt = 2; int64 updatedAt = 3; string name = 4; int32 retries = 5; string protocol = 6; string host = 7; int32 port = 8; string path = 9; int32 connectTimeout = 10; int32 writeTimeout = 11; int32 readTimeout = 12; repeated string tags = 13; EntityKey clientCertificate = 14',
} as const;

/** Name of a message of the protocol. */
export type MessageName = keyof typeof definition;

/** A message's fields as protobufjs takes and gives them. */
export type Message = Readonly<Record<string, unknown>>;

function parseField(text: string): protobuf.Field {
  const match = /^(repeated )?(\w+) (\w+) = (\d+)$/.exec(text.trim());
  if (match === null) throw new Error(`not a field: ${text}`);
  const [, repeated, type, name, id] = match;
  const rule = repeated === undefined ? undefined : 'repeated';
  return new protobuf.Field(name!, Number(id), type!, rule);
}

function buildTypes(): Readonly<Record<MessageName, protobuf.Type>> {
  const namespace = new protobuf.Root().define('kong_plugin_protocol');
  const types: Record<string, protobuf.Type> = {};
  for (const [name, text] of Object.entries(definition)) {
    const type = new protobuf.Type(name);
    for (const part of text.split(';').filter((field) => field.trim() !== '')) {
      const members = part.split('|').map(parseField);
      if (members.length === 1) type.add(members[0]!);
      else type.add(members.reduce((kind, field) => kind.add(field), new protobuf.OneOf('kind')));
    }
    namespace.add(type);
    types[name] = type;
  }
  return types as Record<MessageName, protobuf.Type>;
}

const types = buildTypes();

/** Encodes `message` as the named type; unset fields stay off the wire. */
export function encodeMessage(name: MessageName, message: Message): Buffer {
  return types[name].encode(message).finish() as Buffer;
}

/**
 * Decodes the named type. Unset scalars read as their default, unset messages as null.
 * @throws Error when the bytes are not such a message
 */
export function decodeMessage(name: MessageName, bytes: Uint8Array): Message {
  // Only a Buffer gets the reader that replaces invalid UTF-8 instead of guessing.
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return types[name].decode(buffer);
}

/** The plain object of a decoded message: fields that were set, integers as numbers. */
export function plainMessage(name: MessageName, message: Message): Record<string, unknown> {
  return types[name].toObject(message as unknown as protobuf.Message, { longs: Number });
}

/** True for a field that was on the wire; an unset one reads as its default, or null. */
export function has(message: Message, field: string): boolean {
  return Object.hasOwn(message, field);
}
