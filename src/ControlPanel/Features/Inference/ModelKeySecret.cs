using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;

namespace ControlPanel.Features.Inference;

/// <summary>What the reveal of a model key shows; the same after creating and regenerating.</summary>
public sealed class ModelKeySecret(InferenceExamples examples, ListModels models)
{
    /// <summary>Makes it, with lines that name a model the key may really use.</summary>
    public async Task<OneTimeSecret> ForAsync(Actor actor, NewModelKey made, string happened)
    {
        using var secret = made.Secret;
        var text = secret.Reveal();
        return new OneTimeSecret(
            $"The model access key {made.Key.Name} {happened}.",
            [new SecretValue("Secret key", text)],
            examples.For(text, made.Key.Models is [var first, ..] ? first : await AnyModelAsync(actor)),
            "inference.env"
        );
    }

    private async Task<string> AnyModelAsync(Actor actor)
    {
        var known = await models.ExecuteAsync(actor, new PageRequest(Take: 200), CancellationToken.None);
        return known.Value?.Items.FirstOrDefault(m => m.Modality == "text")?.ModelId ?? "MODEL";
    }
}
