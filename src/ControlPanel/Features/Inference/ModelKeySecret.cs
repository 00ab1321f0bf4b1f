using ControlPanel.Data.Operations.Inference;
using ControlPanel.Shared;

namespace ControlPanel.Features.Inference;

/// <summary>What the reveal of a model key shows; the same after creating and regenerating.</summary>
internal static class ModelKeySecret
{
    public static OneTimeSecret For(InferenceExamples examples, NewModelKey made, string happened)
    {
        using var secret = made.Secret;
        var text = secret.Reveal();
        return new OneTimeSecret(
            $"The model access key {made.Key.Name} {happened}.",
            [new SecretValue("Secret key", text)],
            examples.For(text, made.Key.Models is [var first, ..] ? first : "echo"),
            "inference.env"
        );
    }
}
