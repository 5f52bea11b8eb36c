/** A small document: a shop with pets. */
export const petsDocument = {
  openapi: '3.0.3',
  info: { title: 'Pets', version: '1.2' },
  paths: {
    '/pets': {
      get: {
        operationId: 'listPets',
        summary: 'All pets',
        tags: ['pets'],
        parameters: [
          { name: 'tag', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 100 } },
        ],
        responses: { '200': json({ type: 'array', items: { $ref: '#/components/schemas/Pet' } }) },
      },
      post: {
        operationId: 'createPet',
        tags: ['pets'],
        requestBody: { required: true, ...json({ $ref: '#/components/schemas/Pet' }) },
        responses: { '201': json({ $ref: '#/components/schemas/Pet' }) },
      },
    },
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      get: {
        operationId: 'getPet',
        responses: { '200': json({ $ref: '#/components/schemas/Pet' }) },
      },
      delete: { operationId: 'deletePet', responses: { '204': { description: 'Gone.' } } },
    },
  },
  components: {
    schemas: {
      Pet: {
        type: 'object',
        required: ['id', 'name'],
        properties: {
          id: { type: 'integer', format: 'int64' },
          name: { type: 'string', nullable: true },
          parent: { $ref: '#/components/schemas/Pet' },
        },
      },
    },
  },
};

function json(schema: object) {
  return { description: 'As it is.', content: { 'application/json': { schema } } };
}
