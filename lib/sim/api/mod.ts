/**
 * The Kubernetes API of the embedded cluster: objects, what a write does to them, and the HTTP that clients
 * speak. The HTTPS listener is in listener.ts, loaded only when it is wanted.
 *
 * @module
 */
export { ApiServer, type ApiServerOptions } from "./api_server.ts";
export { decodeProtobuf, PROTOBUF } from "./protobuf.ts";
export { isTextProtocol } from "./pod_streams.ts";
export type { MessageHandler, MessageSocket, OpenedStream } from "./pod_streams.ts";
export type { ApiRequest } from "./requests.ts";
export type { ApiResponse } from "./responses.ts";
