using ControlPanel.Hosting;
using ControlPanel.Shared;

namespace ControlPanel.Features.Inference;

/// <summary>Lines for OpenAI clients that work as they stand, for where this server really listens.</summary>
public sealed class InferenceExamples(ListenAddresses addresses)
{
    /// <summary>The address that OpenAI clients call the base URL.</summary>
    public string BaseUrl => $"{addresses.Inference}/v1";

    /// <summary>Everything that a reveal offers to copy.</summary>
    /// <param name="model">A model the key may use.</param>
    public IReadOnlyList<Snippet> For(string secret, string model) =>
        [
            new(
                "curl",
                $$"""
                curl "{{BaseUrl}}/chat/completions" \
                  -H "Authorization: Bearer {{secret}}" -H "Content-Type: application/json" \
                  -d '{"model":"{{model}}","messages":[{"role":"user","content":"Hello"}]}'
                """
            ),
            new(
                "Python",
                $$"""
                from openai import OpenAI
                client = OpenAI(base_url="{{BaseUrl}}", api_key="{{secret}}")
                answer = client.chat.completions.create(
                    model="{{model}}", messages=[{"role": "user", "content": "Hello"}]
                )
                print(answer.choices[0].message.content)
                """
            ),
            new(
                "JavaScript",
                $$"""
                import OpenAI from "openai";
                const client = new OpenAI({ baseURL: "{{BaseUrl}}", apiKey: "{{secret}}" });
                const answer = await client.chat.completions.create({
                  model: "{{model}}",
                  messages: [{ role: "user", content: "Hello" }],
                });
                console.log(answer.choices[0].message.content);
                """
            ),
            new(
                ".env",
                $"""
                OPENAI_BASE_URL={BaseUrl}
                OPENAI_API_KEY={secret}
                """
            ),
        ];
}
