import { realmName } from './realm.js';

/** The part of Keycloak's Admin REST API that the tests need. */
export class KeycloakAdmin {
  readonly #url: string;
  readonly #credentials: { readonly user: string; readonly password: string };

  constructor(url: string, credentials: { readonly user: string; readonly password: string }) {
    this.#url = url;
    this.#credentials = credentials;
  }

  /** An access token of the realm `master`. */
  async token(): Promise<string> {
    const { user, password } = this.#credentials;
    const body = new URLSearchParams({
      grant_type: 'password',
      client_id: 'admin-cli',
      username: user,
      password,
    });
    const at = `${this.#url}/realms/master/protocol/openid-connect/token`;
    const response = await fetch(at, { method: 'POST', body });
    return ((await response.json()) as { access_token: string }).access_token;
  }

  /** A signing key that is preferred to those before; answers the id of its provider. */
  async addKey(name: string, priority: number): Promise<void> {
    const config = { priority: [String(priority)], enabled: ['true'], active: ['true'] };
    await this.#call('POST', 'components', {
      name,
      providerId: 'rsa-generated',
      providerType: keyProvider,
      config,
    });
  }

  /** Withdraws the keys of every RSA signing key provider but `name`. */
  async removeKeysBut(name: string): Promise<void> {
    const all = await this.#call('GET', `components?type=${keyProvider}`);
    const old = (all as { id: string; name: string; providerId: string }[]).filter(
      (component) => component.providerId === 'rsa-generated' && component.name !== name,
    );
    if (old.length === 0) throw new Error('no key to withdraw');
    for (const { id } of old) await this.#call('DELETE', `components/${id}`);
  }

  /** Another realm, with the registration policies that Keycloak gives to new ones. */
  async createRealm(realm: string, name: string): Promise<void> {
    const { components: _own, ...rest } = JSON.parse(realm) as Record<string, unknown>;
    await this.#call('POST', '', { ...rest, realm: name }, '');
  }

  /** As guides tell one to: anybody may register any redirect URI then. */
  async deleteTrustedHosts(realm: string): Promise<void> {
    const path = `/${realm}/components`;
    const all = (await this.#call('GET', `${path}?name=Trusted%20Hosts`, undefined, '')) as {
      id: string;
    }[];
    if (all.length === 0) throw new Error('the realm has no policy of trusted hosts');
    for (const { id } of all) await this.#call('DELETE', `${path}/${id}`, undefined, '');
  }

  async #call(
    method: string,
    path: string,
    body?: unknown,
    realm = `/${realmName}/`,
  ): Promise<unknown> {
    const response = await fetch(`${this.#url}/admin/realms${realm}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }
}

const keyProvider = 'org.keycloak.keys.KeyProvider';
